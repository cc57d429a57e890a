import { type SubjectId, type TenantId, vectorKey } from './ids.js';
import { userVectorSchema } from './records.js';

describe('the key of a vector', () => {
  const keyOf = (model: string, subject: string) => vectorKey('demo' as TenantId, model, subject as SubjectId);

  it('is another for each model and each subject', () => {
    expect(new Set([keyOf('a', 'x'), keyOf('b', 'x'), keyOf('a', 'y')]).size).toBe(3);
  });

  it('is no other vector’s, since no model has a colon in its name, whatever a subject has', () => {
    const { name } = userVectorSchema.shape.model.shape;
    expect(keyOf('a:b', 'c')).toBe(keyOf('a', 'b:c'));
    expect(['a:b', 'a'].map((model) => name.safeParse(model).success)).toEqual([false, true]);
  });
});
