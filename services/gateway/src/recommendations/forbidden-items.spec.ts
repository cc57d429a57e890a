import { itemHash, type TenantId } from '@offerstream/contracts';
import { catalogOf, DEMO, item } from '../shop.fixture.js';
import { ForbiddenItems } from './forbidden-items.js';

const hash = (name: string): bigint => itemHash(DEMO, item(name));
const onlyShoes = ({ id }: { readonly id: string }): boolean => id === 'shoe';

describe('what a filter forbids', () => {
  it('is all that it does not accept, and all that is unavailable', () => {
    const shop = catalogOf('shoe', 'sock', 'hat!').shop(DEMO);
    expect(new Set(new ForbiddenItems().of('shoes', shop, onlyShoes))).toEqual(new Set([hash('sock'), hash('hat')]));
  });

  it('is looked up once between two changes of the catalog, for each filter', () => {
    const catalog = catalogOf('shoe', 'sock');
    const shop = catalog.shop(DEMO);
    const forbidden = new ForbiddenItems();
    const first = forbidden.of('shoes', shop, onlyShoes);
    expect(forbidden.of('shoes', shop, onlyShoes)).toBe(first);
    expect(forbidden.of('all', shop, () => true)).toHaveLength(0);
    catalog.put(DEMO, item('belt'), Buffer.from('{"id":"belt"}'));
    expect(new Set(forbidden.of('shoes', shop, onlyShoes))).toEqual(new Set([hash('sock'), hash('belt')]));
  });

  it('is that of the shop that is asked for', () => {
    const forbidden = new ForbiddenItems();
    forbidden.of('shoes', catalogOf('shoe', 'sock').shop(DEMO), onlyShoes);
    expect(forbidden.of('shoes', catalogOf().shop('other' as TenantId), onlyShoes)).toHaveLength(0);
  });

  it('is forgotten when many others were asked for since', () => {
    const shop = catalogOf('shoe', 'sock').shop(DEMO);
    const forbidden = new ForbiddenItems();
    const first = forbidden.of('0', shop, onlyShoes);
    for (let index = 1; index < 64; index++) forbidden.of(String(index), shop, onlyShoes);
    expect(forbidden.of('0', shop, onlyShoes)).toBe(first);
    for (let index = 64; index < 128; index++) forbidden.of(String(index), shop, onlyShoes);
    expect(forbidden.of('0', shop, onlyShoes)).not.toBe(first);
  });

  it('is forgotten when the others since are long together, and what has been replaced does not count', () => {
    const shop = { revision: 0, blockedFor: () => new BigInt64Array(1_500_000) };
    const forbidden = new ForbiddenItems();
    const list = (filter: string) => forbidden.of(filter, shop, onlyShoes);
    for (; shop.revision < 5; shop.revision++) list('a');
    const first = list('a');
    list('b');
    const whileThereIsRoom = list('a');
    list('b');
    list('c');
    // Compared here, since Jest would print what differs.
    expect([whileThereIsRoom === first, list('a') === first]).toEqual([true, false]);
  });
});
