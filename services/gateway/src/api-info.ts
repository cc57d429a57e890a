import type { HttpApiOptions } from '@offerstream/http-api';

export const API: HttpApiOptions['info'] = {
  title: 'Offerstream',
  description:
    'What a shop asks for: offers, recommendations on demand and why they are there, language models that learned from its own words, image models that learned from its own photos, search, and where it reports what came of them. Every request carries a secret key: `Authorization: Bearer ofs_sk_…`.',
  tags: {
    offers: 'What a shopper is offered now.',
    recommendations: 'Rankings and lists, made when they are asked for.',
    language: 'Completions, embeddings, scores and copy, for the clients of OpenAI’s API and beside it.',
    search: 'What shoppers look for, completed as they type and found by words, meaning and taste.',
    images: 'What is on a photo: its class, and where it lies among others.',
    outcomes: 'What came of offers.',
  },
};
