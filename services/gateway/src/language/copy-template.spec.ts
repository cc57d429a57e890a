import { BUILT_IN_TEMPLATES, parseTemplate } from './copy-template.js';

it('a template is text and slots', () => {
  expect(parseTemplate('{New|Now in}: {title}, {words:4} at {price}')).toEqual([
    { kind: 'choice', texts: ['New', 'Now in'] },
    { kind: 'text', text: ': ' },
    { kind: 'field', field: 'title' },
    { kind: 'text', text: ', ' },
    { kind: 'words', atMost: 4 },
    { kind: 'text', text: ' at ' },
    { kind: 'field', field: 'price' },
  ]);
  expect(parseTemplate('{words}')).toEqual([{ kind: 'words', atMost: 3 }]);
});

it.each(['{', 'a}', '{{title}}', '{title', '{Title}', '{words:0}', '{words:10}', '{toString}', '{}'])(
  '%s is none',
  (template) => {
    expect(parseTemplate(template)).toMatch(/^has a /);
  },
);

it('those that are built in can be filled', () => {
  for (const template of BUILT_IN_TEMPLATES) expect(Array.isArray(parseTemplate(template))).toBe(true);
});
