import type { TenantId } from '@offerstream/contracts';
import { Line } from './line/line.js';
import { command, jsonOption, print, runProgram, tenantOption } from './line/program.js';
import { progressBar } from './line/progress-bar.js';
import { picturesInFolder } from './pictures/pictures-in-folder.js';
import { sentText } from './pictures/pictures-text.js';
import { sendPictures } from './pictures/send-pictures.js';

interface Options {
  readonly data: string;
  readonly tenant: TenantId;
  readonly folder: string;
  readonly json: boolean;
}

const program = command(
  'pictures',
  "Sends photos of a shop's items from a folder. What is there already is not sent again, so it goes on where it was stopped.",
)
  .option(...tenantOption)
  .requiredOption('--folder <dir>', 'JPEG, PNG or WebP files, each named for its item: tents-12.jpg')
  .option(...jsonOption)
  .addHelpText(
    'after',
    `
Example:
  npm run pictures -- --tenant my-shop --folder photos`,
  )
  .parse();

await runProgram(async (signal) => {
  const { data, tenant, folder, json } = program.opts<Options>();
  const pictures = await picturesInFolder(folder);
  const control = await new Line(data).control();
  const known = new Map((await control.listPictures(tenant)).map(({ item, sourceSha256 }) => [item, sourceSha256]));
  const bar = progressBar();
  try {
    const report = await sendPictures(pictures, {
      control,
      tenant,
      known,
      signal,
      onWaiting: (because) => bar.tell(because === undefined ? 'goes on' : `waits: ${because}`),
      onProgress: (done) => bar.update(done / pictures.length, `${done} of ${pictures.length}`),
    });
    bar.stop();
    print(json, report, sentText(report));
    return report.refused.length === 0 ? 0 : 1;
  } finally {
    bar.stop();
  }
});
