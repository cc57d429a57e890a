import type { Readable } from 'node:stream';
import { hash128, readSegmentCall } from '@offerstream/contracts';
import { itemFacts } from './item-facts.js';
import type { HistoryWriter } from './history-writer.js';
import { linesOf } from './lines.js';

/** Reads newline-delimited Segment calls. Each needs its `timestamp`; one without `messageId` gets one made of its content. */
export const readSegmentCalls = async (content: Readable, history: HistoryWriter): Promise<void> => {
  let number = 0;
  for await (const lines of linesOf(content)) {
    for (const line of lines) {
      number += 1;
      if (line.trim() !== '') readLine(line, number, history);
    }
  }
};

const readLine = (line: string, number: number, history: HistoryWriter): void => {
  let call: unknown;
  try {
    call = JSON.parse(line);
  } catch (error) {
    history.unreadable(number, `not JSON: ${(error as SyntaxError).message}`);
    return;
  }
  const read = readSegmentCall(call);
  if (!read.ok) {
    history.unreadable(number, read.detail);
    return;
  }
  const { subject, messageId, timestampMs, interactions } = read.event;
  if (timestampMs === undefined) {
    history.unreadable(number, 'timestamp is needed: history says when its events happened');
    return;
  }
  const fields = call as Readonly<Record<string, unknown>>;
  const madeId = messageId ?? history.idOf(hash128(line));
  const complete = messageId === undefined ? JSON.stringify({ ...fields, messageId: madeId }) : line;
  history.add({ messageId: madeId, subject, timeMs: timestampMs, interactions, call: complete }, itemFacts(fields));
};
