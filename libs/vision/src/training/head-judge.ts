import { dataOf, openSession, type Session, type Tensor } from '@offerstream/onnx-runtime';
import { FEATURES } from '../backbone/photo-network.js';
import { rowCount, type LabelledRows } from '../heads/feature-rows.js';
import { headGraph, OWN, type HeadOnFeatures } from '../heads/photo-classifier.js';
import { classification, type Classification } from '../metrics/classification.js';
import { searchPrecision } from '../metrics/search-precision.js';
import { IMAGE_MODEL } from '../stored/image-model-description.js';
import { posterior } from '../stored/posterior.js';

/** What a classifier was right about. */
export interface MeasuredPhotos extends Classification {
  /** Search by photo among those that it learned from, P@10. */
  readonly searchPrecision: number;
}

/** Measures a head as it is served, on features. */
export class HeadJudge {
  private constructor(
    private readonly session: Session,
    private readonly own: number,
    private readonly priors: readonly number[],
    private readonly learnedFrom: LabelledRows,
  ) {}

  /** @param on its rows are those among which photos are sought */
  static async open(
    parts: readonly number[],
    on: HeadOnFeatures & { readonly rows: LabelledRows },
  ): Promise<HeadJudge> {
    const session = await openSession(headGraph(parts, on).model().toBuffer());
    return new HeadJudge(session, parts[0] as number, on.head.priors, on.rows);
  }

  /** @param priors how often each class comes; default: as often as where it learned */
  async measure(rows: LabelledRows, priors: readonly number[] = this.priors): Promise<MeasuredPhotos> {
    const classes = priors.length;
    const { embeddings, logLikelihoods } = await this.run(rows);
    const probabilities = new Float32Array(logLikelihoods.length);
    for (let from = 0; from < probabilities.length; from += classes) {
      probabilities.set(posterior(logLikelihoods.subarray(from, from + classes), priors), from);
    }
    const gallery = await this.run(this.learnedFrom);
    return {
      ...classification({ probabilities, labels: rows.labels, classes }),
      searchPrecision: searchPrecision(embeddings, gallery.embeddings),
    };
  }

  close(): Promise<void> {
    return this.session.close();
  }

  private async run(
    rows: LabelledRows,
  ): Promise<{ readonly embeddings: LabelledRows; readonly logLikelihoods: Float32Array }> {
    const { data, dimensions, labels } = rows;
    const count = rowCount(rows);
    const own = new Float32Array(count * this.own);
    for (let row = 0; row < count; row++) {
      own.set(data.subarray(row * dimensions, row * dimensions + this.own), row * this.own);
    }
    const float32 = (values: Float32Array): Tensor => ({
      dtype: 'float32',
      dims: [count, values.length / count],
      data: values,
    });
    const results = await this.session.run({ [FEATURES]: float32(data), [OWN]: float32(own) });
    const embeddings = dataOf(results, IMAGE_MODEL.embedding, 'float32');
    return {
      embeddings: { data: embeddings, dimensions: embeddings.length / count, labels },
      logLikelihoods: dataOf(results, IMAGE_MODEL.logLikelihoods, 'float32'),
    };
  }
}
