import type { UploadStatus } from './upload';

/** An upload cannot go from where it stands to where it was sent. */
export class UploadStateError extends Error {
  public override readonly name = 'UploadStateError';

  constructor(id: string, public readonly status: UploadStatus | undefined, wanted: UploadStatus) {
    super(`upload ${id} is ${status ?? 'unknown'} and cannot become ${wanted}`);
  }
}
