/**
 * What is counted and may be paid for. A service that counts something new adds its meter where it counts; nothing else has to
 * know it before a plan names a price.
 */
export const METERS = {
  /** Events that changed a shopper's profile. */
  events: 'events',
  /** Offers that were read by `GET /v1/offers`. */
  offers: 'offers',
  /** Rankings and lists that were made on demand. */
  recommendations: 'recommendations',
  /** Recommendations that were explained, beside the recommendation itself. */
  explanations: 'explanations',
  /** Tokens of requests to language models, of what was asked and what was answered. */
  tokens: 'tokens',
  /** Searches and suggestions of queries. */
  searches: 'searches',
  /** Photos and pictures that an image model looked at. */
  images: 'images',
} as const;
