import type { ProblemDetails } from '@offerstream/http-api';

/** The model is there and is none, or does not do what its kind does. The operator is told why. */
export const MODEL_UNUSABLE: ProblemDetails = {
  status: 503,
  code: 'model-unusable',
  reason: 'The model can not be used as it is stored.',
  fix: 'Have the operator look into the logs of the gateway, and train or add the model again.',
};

/** The model, or what serves it, is not there at the moment. */
export const MODEL_AWAY: ProblemDetails = {
  status: 503,
  code: 'model-away',
  reason: 'The model does not answer at the moment.',
  fix: 'Send the request again after Retry-After.',
  retryAfterSeconds: 1,
};
