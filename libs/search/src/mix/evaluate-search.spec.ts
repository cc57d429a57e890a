import { SeededRandom } from '@offerstream/autodiff';
import { evaluateSearch } from './evaluate-search.js';

const THINGS = ['lantern', 'basket', 'napkin', 'teapot', 'cushion', 'apron', 'mirror', 'candle'];
const COLOURS = ['crimson', 'turquoise', 'lavender', 'charcoal'];
const titles = THINGS.flatMap((thing) => COLOURS.map((colour) => `${colour} ${thing} of ${thing}s`));

const evaluate = (embed?: (texts: readonly string[]) => Promise<Float32Array>) =>
  evaluateSearch({ titles, embed, random: new SeededRandom(3).next });

it('without an encoder search is measured by words alone, slips included; random letters find nothing', async () => {
  const report = await evaluate();
  expect(report).toMatchObject({
    titles: 32,
    part: { questions: 32, meanReciprocalRank: { wordsAndMeaning: undefined } },
    nonsense: { answered: { words: 0, wordsAndMeaning: undefined } },
  });
  const [part, slips] = [report.part.meanReciprocalRank.words, report.misspelt.meanReciprocalRank.words];
  expect(part).toBeGreaterThan(0.4);
  expect(slips).toBeGreaterThan(0.8 * part);
  expect(slips).toBeLessThanOrEqual(part);
});

it('with one that points anywhere it is worse; one for which all texts are alike answers all of them', async () => {
  const anywhere = new SeededRandom(5).next;
  const report = await evaluate((texts) =>
    Promise.resolve(Float32Array.from({ length: 256 * texts.length }, () => anywhere() - 0.5)),
  );
  const { words, wordsAndMeaning } = report.part.meanReciprocalRank;
  expect(wordsAndMeaning).toBeLessThan(words);
  expect(report.nonsense.answered).toEqual({ words: 0, wordsAndMeaning: 0 });
  const blind = await evaluate((texts) => Promise.resolve(new Float32Array(2 * texts.length).fill(1)));
  expect(blind.nonsense.answered).toEqual({ words: 0, wordsAndMeaning: 1 });
});
