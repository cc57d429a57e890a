import { tenantSchema, type Tenant, type TenantId } from '@offerstream/contracts';

/** Placements and consent rules, from the topic `tenants`. */
export class Tenants {
  private readonly tenants = new Map<TenantId, Tenant>();

  /** @param value null deletes the tenant. @throws ZodError when the value is not a tenant. */
  put(id: TenantId, value: Buffer | null): void {
    if (value === null) this.tenants.delete(id);
    else this.tenants.set(id, tenantSchema.parse(JSON.parse(value.toString())));
  }

  get(id: TenantId): Tenant | undefined {
    return this.tenants.get(id);
  }
}
