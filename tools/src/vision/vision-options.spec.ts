import { Command } from 'commander';
import { withVisionOptions, type VisionOptions } from './vision-options.js';

/** What a command line is taken for, or why it is not. */
const parse = (line: string): VisionOptions | string => {
  let taken: VisionOptions | undefined;
  const errors: string[] = [];
  const program = withVisionOptions(new Command())
    .exitOverride()
    .configureOutput({ writeErr: (text) => void errors.push(text.trim()) })
    .action((options: VisionOptions) => {
      taken = options;
    });
  try {
    program.parse(line.split(' '), { from: 'user' });
  } catch {
    return errors.join('\n');
  }
  return taken ?? 'nothing was done';
};

test.each<[string, Partial<VisionOptions>]>([
  ['--images photos', { kind: 'handcrafted', epochs: 20 }],
  ['--images photos --kind resnet18', { kind: 'resnet18', epochs: 20 }],
  [
    '--images photos --kind resnet18 --weights resnet18.pth --fine-tune last --side 96 --learning-rate 0.001',
    { kind: 'resnet18', weights: 'resnet18.pth', fineTune: 'last', side: 96, learningRate: 0.001 },
  ],
])('taken: %s', (line, options) => {
  expect(parse(line)).toMatchObject(options);
});

test.each([
  ['--kind cnn', 'give --images or --labels, one of them'],
  ['--images a --labels b', 'give --images or --labels, one of them'],
  ['--labels a --per-class 3', '--per-class needs --images'],
  ['--images a --backbone x --kind resnet18', 'give --backbone or --kind resnet18, one of them'],
  ['--images a --kind cnn --weights x', '--weights and --side need --kind resnet18'],
  ['--images a --side 64', '--weights and --side need --kind resnet18'],
  ['--images a --kind resnet18 --fine-tune last', '--fine-tune needs --weights'],
  ['--images a --learning-rate 0.1', '--learning-rate needs --kind cnn or resnet18'],
])('refused: %s', (line, message) => {
  expect(parse(line)).toBe(`error: ${message}`);
});
