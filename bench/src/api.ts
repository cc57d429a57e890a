import { benchAdmission } from './api-admission.js';
import { benchChanges } from './api-changes.js';
import { benchQuota } from './api-quota.js';
import { benchServing, SERVED, type ServingSettings } from './api-serving.js';

export const API_PARTS = [...SERVED, 'admission', 'quota', 'changes'] as const;
export type ApiPart = (typeof API_PARTS)[number];

export interface ApiSettings extends ServingSettings {
  readonly parts: readonly ApiPart[];
}

export const isApiPart = (name: string): name is ApiPart => (API_PARTS as readonly string[]).includes(name);

/** What the public API does. */
export const benchApi = async (settings: ApiSettings): Promise<void> => {
  const served = SERVED.filter((name) => settings.parts.includes(name));
  if (served.length > 0) await benchServing(settings, served);
  if (settings.parts.includes('admission')) await benchAdmission(settings);
  if (settings.parts.includes('quota')) await benchQuota();
  if (settings.parts.includes('changes')) await benchChanges();
};
