import { createHash } from 'node:crypto';
import type { TenantId } from '@offerstream/contracts';
import { ControlError, type ControlClient } from '@offerstream/control-client';
import { sentText } from './pictures-text.js';
import { sendPictures, type PictureSource } from './send-pictures.js';

const TENANT = 'shop' as TenantId;
const pictures: readonly PictureSource[] = ['a', 'b', 'c', 'd', 'e'].map((item) => ({
  item,
  name: `${item}.jpg`,
  read: () => Promise.resolve(Uint8Array.from(Buffer.from(item))),
}));
const hash = (text: string) => createHash('sha256').update(text).digest('hex');

/** @param answer throws what the back office says to an item */
const run = async (answer: (item: string, attempt: number) => void, known = new Map<string, string>()) => {
  const attempts = new Map<string, number>();
  const waits: (string | undefined)[] = [];
  const control: Pick<ControlClient, 'putPicture'> = {
    putPicture: async (_tenant, item) => {
      await Promise.resolve();
      const attempt = (attempts.get(item) ?? 0) + 1;
      attempts.set(item, attempt);
      answer(item, attempt);
      return { item, sha256: '', sourceSha256: '' };
    },
  };
  const { signal } = new AbortController();
  const options = { control, tenant: TENANT, known, signal, onWaiting: (because?: string) => waits.push(because) };
  return { report: await sendPictures(pictures, options), attempts, waits };
};

it('sends each once, and not what is there already', async () => {
  const { report, attempts } = await run(
    () => undefined,
    new Map([
      ['b', hash('b')],
      ['c', hash('other')],
    ]),
  );
  expect(report).toEqual({ sent: 4, same: 1, refused: [] });
  expect([...attempts].sort()).toEqual(['a', 'c', 'd', 'e'].map((item) => [item, 1]));
});

it('what is refused is told by name and stops no other', async () => {
  const { report } = await run((item) => {
    if (item === 'b') throw new ControlError('item-unknown', false, 'No such item.');
    if (item === 'd') throw new ControlError('image-type', false, 'No photo.');
  });
  expect(report.sent).toBe(3);
  expect(report.refused.map(({ name, code }) => [name, code]).sort()).toEqual([
    ['b.jpg', 'item-unknown'],
    ['d.jpg', 'image-type'],
  ]);
  expect(sentText(report)).toContain('3 pictures sent, 0 there already, 2 refused\n');
  expect(sentText(report)).toContain('  b.jpg: No such item.');
});

it('waits where the back office is busy, and goes on', async () => {
  const { report, attempts, waits } = await run((item, attempt) => {
    if (item === 'c' && attempt === 1) throw new ControlError('photos-busy', true, 'Busy.');
  });
  expect(report.sent).toBe(5);
  expect(attempts.get('c')).toBe(2);
  expect(waits).toEqual(['Busy.', undefined]);
});

it('ends where all would be refused', async () => {
  const refuse = () => {
    throw new ControlError('tenant-unknown', false, 'No such tenant.');
  };
  await expect(run(refuse)).rejects.toMatchObject({ code: 'tenant-unknown' });
});
