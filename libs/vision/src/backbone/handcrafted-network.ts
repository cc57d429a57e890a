import { EditableModel, Graph } from '@offerstream/onnx';
import { HANDCRAFTED_DIMENSIONS } from '../features/handcrafted-features.js';
import { IMAGE_MODEL } from '../stored/image-model-description.js';
import { FEATURES, unitLength, type PhotoNetwork } from './photo-network.js';

/** The handcrafted features in the place of a network's. */
export const handcraftedNetwork = (): PhotoNetwork => {
  const graph = new Graph('handcrafted');
  const features = unitLength(
    graph.input(IMAGE_MODEL.features, 'float32', ['B', HANDCRAFTED_DIMENSIONS]),
    HANDCRAFTED_DIMENSIONS,
  );
  graph.output(FEATURES, features);
  graph.output(IMAGE_MODEL.embedding, features);
  return {
    input: { kind: 'handcrafted' },
    parts: [HANDCRAFTED_DIMENSIONS],
    graph: EditableModel.read(graph.model().toBuffer()),
  };
};
