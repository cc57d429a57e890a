export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** Samples of Prometheus' text exposition format; comments are left out. */
export const parseSamples = (text: string): readonly Sample[] =>
  text.split('\n').flatMap((line) => {
    const found = LINE.exec(line);
    if (found === null) return [];
    const [, name = '', labels = '', value = ''] = found;
    return [
      {
        name,
        labels: Object.fromEntries(
          Array.from(labels.matchAll(LABEL), ([, key = '', text = '']) => [key, unescape(text)]),
        ),
        value: value === '+Inf' ? Infinity : value === '-Inf' ? -Infinity : Number(value),
      },
    ];
  });

/** Of the first sample of this name that has these labels. */
export const valueOf = (samples: readonly Sample[], name: string, labels: Readonly<Record<string, string>> = {}) =>
  samples.find(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  )?.value;

const unescape = (text: string): string => text.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));
