/** What a BERT vocabulary begins with. */
export const BERT_MARKS: readonly string[] = ['[PAD]', '[UNK]', '[CLS]', '[SEP]'];

/**
 * What the `tokenizer.json` of a BERT encoder says.
 *
 * @param vocabulary tokens in the order of their ids, {@link BERT_MARKS} in front
 * @param maxTokens of a text, its marks counted
 */
export const bertTokenizer = (vocabulary: readonly string[], maxTokens: number) => ({
  version: '1.0',
  truncation: { max_length: maxTokens, strategy: 'LongestFirst', stride: 0 },
  padding: { strategy: { Fixed: maxTokens }, direction: 'Right', pad_id: 0, pad_type_id: 0, pad_token: '[PAD]' },
  added_tokens: BERT_MARKS.map((content, id) => ({
    id,
    content,
    special: true,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
  })),
  normalizer: {
    type: 'BertNormalizer',
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase: true,
  },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: {
    type: 'TemplateProcessing',
    single: [
      { SpecialToken: { id: '[CLS]', type_id: 0 } },
      { Sequence: { id: 'A', type_id: 0 } },
      { SpecialToken: { id: '[SEP]', type_id: 0 } },
    ],
    pair: [],
    special_tokens: {
      '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] },
      '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] },
    },
  },
  decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
  },
});
