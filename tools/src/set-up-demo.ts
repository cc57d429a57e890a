import { runProgram } from './line/program.js';
import { readSetUpDemoConfig, type SetUpDemoConfig } from './set-up-demo/config.js';
import { DemoShopSetup } from './start/demo-shop-setup.js';

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Brings the demo's shop into a line that runs elsewhere, once. */
const setUpDemo = async (
  { controlUrl, controlDataDir, modelsDir, dataDir }: SetUpDemoConfig,
  signal: AbortSignal,
): Promise<void> => {
  const demo = await DemoShopSetup.open({ dataDir, modelsDir });
  if (demo.isDone) {
    say('the demo shop has been set up before');
    return;
  }
  say('training the demo models and handing the demo shop to the back office');
  const training = demo.train(Date.now(), signal);
  const shop = demo.handOver(controlUrl, controlDataDir, training);
  const others = shop.then(() => demo.handOverOthers(controlUrl, controlDataDir, training));
  await Promise.all([...training, shop, others]);
  say('the demo shop is set up');
};

await runProgram(async (signal) => {
  await setUpDemo(readSetUpDemoConfig(), signal);
  return 0;
});
