export type TorchFileErrorCode =
  /** No file of PyTorch. */
  | 'not-torch'
  | 'truncated'
  /** It contradicts itself. */
  | 'damaged'
  /** It refers to something that reading weights has no need of, and that could do anything. */
  | 'foreign-name'
  /** More, or in another form, than is read here. */
  | 'unsupported'
  /** It holds something else than tensors by their names. */
  | 'no-weights';

/** A file of PyTorch whose weights can't be read; the message says why, and what would help. */
export class TorchFileError extends Error {
  override readonly name = 'TorchFileError';
  readonly canRetry = false;

  constructor(
    readonly code: TorchFileErrorCode,
    message: string,
  ) {
    super(message);
  }
}

export const damaged = (reason: string): TorchFileError =>
  new TorchFileError('damaged', `The file is damaged: ${reason}. Download or copy it again.`);

export const SAVE_AGAIN = "save the weights alone, with torch.save(model.state_dict(), 'weights.pth')";
