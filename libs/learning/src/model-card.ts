import type { ModelMetrics } from './trained-model.js';

/** A model's card: Markdown for people (Mitchell et al., "Model Cards for Model Reporting", FAT* 2019, cut to what is known here). */
export const modelCard = (tenant: string, description: string, metrics: ModelMetrics): string => {
  const { heldOut } = metrics;
  const row = (label: string, of: (rates: typeof heldOut.repeatsAllowed) => number): string =>
    `| ${label} | ${of(heldOut.repeatsAllowed).toFixed(4)} | ${of(heldOut.newItemsOnly).toFixed(4)} |`;
  return `# ${tenant}.${metrics.family}

${description}

${sinceTrained(metrics)}Learned from ${metrics.interactions} interactions of ${metrics.subjects} shoppers with ${metrics.items} items,
${metrics.from} to ${metrics.to}.

Hit rate in the first 10 on the newest ${heldOut.interactions} interactions, by a model of the earlier ones
(${heldOut.repeatsAllowed.events} events had an earlier one of their shopper, ${heldOut.newItemsOnly.events} of them on items new to the shopper):

| | repeats allowed | new items only |
|---|---|---|
${row('this model', (rates) => rates.served)}
${row('popularity', (rates) => rates.popularity)}
${row('neighbours of the last item', (rates) => rates.lastItemNeighbours)}

Inputs and outputs are those of every retrieval model: a history of interactions in, the best 50 items out. It knows nothing of
items that were in neither its interactions nor its catalog${metrics.extends === undefined ? '' : ' and were not placed'}, and nothing of shoppers but the history that it is asked with.
`;
};

const sinceTrained = ({ trained, extends: extended, newItems }: ModelMetrics): string =>
  trained === undefined
    ? ''
    : `Version ${trained} with ${newItems} items that came after it was trained, placed by what they are (made of version ${extended}).
What follows is of version ${trained}.

`;
