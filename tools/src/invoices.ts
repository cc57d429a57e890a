import type { TenantId } from '@offerstream/contracts';
import { InvalidArgumentError } from 'commander';
import { invoicesText, invoiceText, issuedText, plansText, tenantPlanText } from './invoices/invoice-text.js';
import { Line } from './line/line.js';
import { command, jsonOption, print, runProgram, tenantOption } from './line/program.js';

interface Options {
  readonly data: string;
  readonly tenant: TenantId;
  readonly json: boolean;
}

const monthFrom = (text: string): string => {
  if (/^[0-9]{4}-(0[1-9]|1[0-2])$/.test(text)) return text;
  throw new InvalidArgumentError('Give a month, as 2026-03.');
};

const program = command('invoices', 'Shows and issues invoices, and says which plan a shop has.')
  .option(...tenantOption)
  .option(...jsonOption)
  .addHelpText(
    'after',
    `
Examples:
  npm run invoices -- list --tenant my-shop
  npm run invoices -- show 2026-03 --tenant my-shop
  npm run invoices -- issue
  npm run invoices -- plans
  npm run invoices -- plan growth --tenant my-shop`,
  );

program
  .command('list')
  .description('the invoices of a shop, newest first, drafts among them')
  .action(async () => {
    const { data, tenant, json } = program.opts<Options>();
    const invoices = await (await new Line(data).control()).listInvoices(tenant);
    print(json, { invoices }, invoicesText(invoices));
  });

program
  .command('show')
  .argument('<month>', 'for example 2026-03', monthFrom)
  .description('one invoice with its lines')
  .action(async (month: string) => {
    const { data, tenant, json } = program.opts<Options>();
    const invoice = await (await new Line(data).control()).getInvoice(tenant, month);
    print(json, invoice, invoiceText(invoice));
  });

program
  .command('issue')
  .description('issues what is due, of all shops; it happens by itself, too')
  .action(async () => {
    const { data, json } = program.opts<Options>();
    const issued = await (await new Line(data).control()).issueInvoices();
    print(json, { issued }, issuedText(issued));
  });

program
  .command('plans')
  .description('the plans that there are')
  .action(async () => {
    const { data, json } = program.opts<Options>();
    const plans = await (await new Line(data).control()).listPlans();
    print(json, { plans }, plansText(plans));
  });

program
  .command('plan')
  .argument('[id]', 'the plan that the shop gets, in its newest version; left out, the one that it has is shown')
  .description('shows or changes the plan of a shop')
  .action(async (id: string | undefined) => {
    const { data, tenant, json } = program.opts<Options>();
    const control = await new Line(data).control();
    const plan = id === undefined ? await control.getTenantPlan(tenant) : await control.putTenantPlan(tenant, id);
    print(json, plan, tenantPlanText(tenant, plan));
  });

await runProgram(async () => {
  await program.parseAsync();
  return 0;
});
