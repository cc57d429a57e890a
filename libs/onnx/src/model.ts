import { open } from 'node:fs/promises';
import type { ProtobufMessage } from './protobuf.js';

/** A finished ONNX model (`ModelProto`). It refers to the tensors' arrays, which must stay unchanged until it is written. */
export class OnnxModel {
  readonly #message: ProtobufMessage;

  constructor(message: ProtobufMessage) {
    this.#message = message;
  }

  get sizeBytes(): number {
    return this.#message.sizeBytes;
  }

  /** The model as one buffer: a second copy of its tensors. */
  toBuffer(): Buffer {
    return Buffer.concat(this.#message.parts());
  }

  /** Writes the model to a file that must not exist yet, without copying its tensors, and flushes it to disk. */
  async writeTo(path: string): Promise<void> {
    const file = await open(path, 'wx');
    try {
      for (const part of this.#message.parts()) await file.writeFile(part);
      await file.sync();
    } finally {
      await file.close();
    }
  }
}
