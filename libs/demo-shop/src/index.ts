export { newcomerNumber, type Product } from './catalog.js';
export { createDemoShop, HISTORY_DAYS, type DemoShop, type OpenShop, type PastEvent } from './demo-shop.js';
export { interactionsOf, type PastInteraction } from './interactions.js';
export { segmentTrack, type SegmentTrack } from './segment-track.js';
export type { Picture } from './pictures/draw-picture.js';
export { labelledPictures, type LabelledPicture } from './pictures/labelled-pictures.js';
export type { ShopEvent, ShopEventName, Visit } from './visit.js';
