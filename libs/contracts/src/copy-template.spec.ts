import { copyTemplatesSchema, parseCopyTemplate } from './copy-template.js';

it('a template is text and slots', () => {
  expect(parseCopyTemplate('{New|Now in}: {title}, {words:4} at {price}')).toEqual([
    { kind: 'choice', texts: ['New', 'Now in'] },
    { kind: 'text', text: ': ' },
    { kind: 'field', field: 'title' },
    { kind: 'text', text: ', ' },
    { kind: 'words', atMost: 4 },
    { kind: 'text', text: ' at ' },
    { kind: 'field', field: 'price' },
  ]);
  expect(parseCopyTemplate('{words}')).toEqual([{ kind: 'words', atMost: 3 }]);
});

it.each(['{', 'a}', '{{title}}', '{title', '{Title}', '{words:0}', '{words:10}', '{toString}', '{}'])(
  '%s is none',
  (template) => {
    expect(parseCopyTemplate(template)).toMatch(/^has a /);
  },
);

it.each([
  ['none', [], '', /expected array to have >=1/],
  ['more than ten', Array(11).fill('{title}'), '', /expected array to have <=10/],
  ['an empty one', ['{title}', ''], '1', /expected string to have >=1/],
  ['one of more than 300 characters', ['x'.repeat(301)], '0', /expected string to have <=300/],
  ['one that is none', ['{title}', '{size}'], '1', /^has a slot that is none of/],
])('a list of templates can not have %s', (_, templates, path, message) => {
  const [issue] = copyTemplatesSchema.safeParse(templates).error?.issues ?? [];
  expect([issue?.path.join('.'), issue?.message]).toEqual([path, expect.stringMatching(message)]);
});

it('a list of as many and as long ones as there can be is taken', () => {
  const templates = Array(10).fill('x'.repeat(300)) as string[];
  expect(copyTemplatesSchema.parse(templates)).toEqual(templates);
});
