import { tenantSchema, type Tenant, type TenantId } from '@offerstream/contracts';

/** Placements and consent rules, from the topic `tenants`. */
export class Tenants {
  private readonly tenants = new Map<TenantId, Tenant>();
  private puts = 0;

  /** Rises with every record that the topic hands over. */
  get version(): number {
    return this.puts;
  }

  /** @param value null deletes the tenant. @throws ZodError when the value is not a tenant. */
  put(id: TenantId, value: Buffer | null): void {
    this.puts += 1;
    if (value === null) this.tenants.delete(id);
    else this.tenants.set(id, tenantSchema.parse(JSON.parse(value.toString())));
  }

  get(id: TenantId): Tenant | undefined {
    return this.tenants.get(id);
  }
}
