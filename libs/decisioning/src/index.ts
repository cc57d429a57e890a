export * from './catalog.js';
export * from './choose-items.js';
export * from './decide-items.js';
export * from './diversify.js';
export * from './item-filter.js';
export * from './promoted-models.js';
export * from './publication.js';
export * from './stored-rankings.js';
