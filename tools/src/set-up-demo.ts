import { ControlError } from '@offerstream/control-client';
import { patiently } from './line/patiently.js';
import { runProgram } from './line/program.js';
import { readSetUpDemoConfig, type SetUpDemoConfig } from './set-up-demo/config.js';
import { demoApiKeyFile } from './start/demo-progress.js';
import { DemoShopSetup } from './start/demo-shop-setup.js';

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Brings the demo's shop into a line that runs elsewhere, or is only starting, once. */
const setUpDemo = async (
  { controlUrl, controlDataDir, modelsDir, dataDir }: SetUpDemoConfig,
  signal: AbortSignal,
): Promise<void> => {
  const whereTheKeyIs = `its secret key stands in ${demoApiKeyFile(dataDir)}`;
  const demo = await DemoShopSetup.open({ dataDir, modelsDir });
  if (demo.isDone && demo.hasPictures) {
    say(`the demo shop has been set up before; ${whereTheKeyIs}`);
    return;
  }
  say('training the demo models and handing the demo shop to the back office');
  const training = demo.train(Date.now(), signal);
  const shop = onceControlRuns(() => demo.handOver(controlUrl, controlDataDir, training), signal);
  const others = shop.then(() => demo.handOverOthers(controlUrl, controlDataDir, training));
  await Promise.all([...training, shop, others]);
  const onWaiting = (because: string | undefined): void => {
    if (because !== undefined) say(`waiting for the back office: ${because}`);
  };
  await demo.handOverPictures(controlUrl, controlDataDir, { signal, onWaiting });
  say(`the demo shop is set up; ${whereTheKeyIs}`);
};

/** At its first start the back office has no token yet. */
const onceControlRuns = (handOver: () => Promise<void>, signal: AbortSignal): Promise<void> => {
  const isFinal = (error: Error): boolean =>
    !(error instanceof ControlError && (error.canRetry || error.code === 'no-token'));
  let because: string | undefined;
  const onWaiting = (reason: string | undefined): void => {
    if (reason !== undefined && reason !== because) say(`waiting for the back office: ${reason}`);
    because = reason;
  };
  return patiently(handOver, { signal, onWaiting, isFinal });
};

await runProgram(async (signal) => {
  await setUpDemo(readSetUpDemoConfig(), signal);
  return 0;
});
