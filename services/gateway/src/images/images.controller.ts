import { Controller, Post, Query, Req } from '@nestjs/common';
import { METERS } from '@offerstream/billing';
import { itemHash, type ItemId, type Tenant } from '@offerstream/contracts';
import { Operation, TheCall, type Call } from '@offerstream/http-api';
import type { FastifyRequest } from 'fastify';
import { Metering } from '../admission/metering.js';
import { GatewayTables } from '../gateway-tables.js';
import { ItemSearch } from '../search/item-search.js';
import { namedVersion } from '../models/model-version.js';
import { ITEM_UNKNOWN, tenantOf } from '../the-tenant.js';
import { bareBody, readBody } from './asked-photo.js';
import { ImageModels } from './image-models.js';
import { ImagePool } from './image-pool.js';
import { ItemPictures } from './item-pictures.js';
import { MAX_BODY_BYTES, REFUSALS_OF_IMAGES } from './image-problems.js';
import {
  classifyBodies,
  classifyBody,
  classifyQuery,
  classifyResponse,
  embedBodies,
  embedBody,
  embedQuery,
  embedResponse,
  PHOTO_EXAMPLE,
  similarBodies,
  similarBody,
  similarQuery,
  similarResponse,
  type ClassifyBody,
  type ClassifyQuery,
  type ClassifyResponse,
  type EmbedBody,
  type EmbedQuery,
  type EmbedResponse,
  type SimilarBody,
  type SimilarQuery,
  type SimilarResponse,
} from './image-schemas.js';
import type { ClassifyPhotoTask, EmbedPhotosTask } from './image-tasks.js';

const OF_IMAGES = {
  tag: 'images',
  scope: 'images:use',
  rateLimited: true,
  maxBodyBytes: MAX_BODY_BYTES,
} as const;

/** Of those that look at pictures of items. */
const REFUSALS_OF_ITEMS = {
  ...REFUSALS_OF_IMAGES,
  404: [...REFUSALS_OF_IMAGES[404], 'item-unknown', 'picture-unknown'],
  503: [...REFUSALS_OF_IMAGES[503], 'kafka-unavailable'],
} as const;

const PHOTOS = [METERS.images];

const MODEL = { name: 'demo.vision', version: '3' };

@Controller('v1/images')
export class ImagesController {
  constructor(
    private readonly tables: GatewayTables,
    private readonly metering: Metering,
    private readonly models: ImageModels,
    private readonly pool: ImagePool,
    private readonly pictures: ItemPictures,
    private readonly search: ItemSearch,
  ) {}

  @Post('classify')
  @Operation({
    ...OF_IMAGES,
    id: 'classifyImage',
    summary: 'Says what is on a photo, or on the picture of an item.',
    description:
      'P(class | photo) by Bayes’ rule: what the photo says of each class, and how often each comes, which is what `priors` replaces. The photo is neither kept nor logged.',
    bodies: classifyBodies,
    response: classifyResponse,
    problems: { ...REFUSALS_OF_ITEMS, 400: [...REFUSALS_OF_IMAGES[400], 'bad-priors'] },
    requestExample: { image: PHOTO_EXAMPLE, top: 2, priors: { shoes: 0.2 } },
    example: {
      model: MODEL,
      classes: [
        { class: 'shoes', rank: 1, probability: 0.93 },
        { class: 'hat', rank: 2, probability: 0.04 },
      ],
      usage: { images: 1 },
    },
  })
  async classify(
    @Query({ schema: classifyQuery }) query: ClassifyQuery,
    @Req() request: FastifyRequest,
    @TheCall() call: Call,
  ): Promise<ClassifyResponse> {
    const tenant = tenantOf(call, this.tables);
    const bare = bareBody(request);
    const asked: ClassifyBody = bare === undefined ? readBody(request, classifyBody) : { image: bare };
    const { image, item, model: name = query.model, top = query.top, priors } = asked;
    const model = this.models.classifier(tenant.id, name);
    const { classes } = await this.metering.charge(tenant, PHOTOS, async () => {
      const bytes = image ?? (await this.pictureOf(tenant, item as ItemId, call));
      const photo = { field: image === undefined ? 'item' : 'image', bytes };
      const task: ClassifyPhotoTask = { kind: 'classify', model, photo, priors, top };
      return this.pool.ask(tenant.id, task, { signal: call.signal });
    });
    return {
      model: namedVersion(model),
      classes: classes.map((each, index) => ({ ...each, rank: index + 1 })),
      usage: { images: 1 },
    };
  }

  @Post('embed')
  @Operation({
    ...OF_IMAGES,
    id: 'embedImages',
    summary: 'Says where photos, or pictures of items, lie among others: near is alike.',
    bodies: embedBodies,
    response: embedResponse,
    problems: REFUSALS_OF_ITEMS,
    requestExample: { images: [PHOTO_EXAMPLE] },
    example: { model: MODEL, data: [{ index: 0, embedding: [0.0131, -0.0873] }], usage: { images: 1 } },
  })
  async embed(
    @Query({ schema: embedQuery }) query: EmbedQuery,
    @Req() request: FastifyRequest,
    @TheCall() call: Call,
  ): Promise<EmbedResponse> {
    const tenant = tenantOf(call, this.tables);
    const bare = bareBody(request);
    const asked: EmbedBody = bare === undefined ? readBody(request, embedBody) : { images: [bare] };
    const { images, items = [], model: name = query.model } = asked;
    const model = this.models.encoder(tenant.id, name);
    const count = images?.length ?? items.length;
    const work = async () => {
      const photos = (images ?? []).map((bytes, at) => ({
        field: bare === undefined ? `images.${at}` : 'image',
        bytes,
      }));
      for (const [at, item] of items.entries())
        photos.push({ field: `items.${at}`, bytes: await this.pictureOf(tenant, item, call) });
      const task: EmbedPhotosTask = { kind: 'embed', model, photos };
      return this.pool.ask(tenant.id, task, { signal: call.signal });
    };
    const { vectors } = await this.metering.charge(tenant, PHOTOS, work, { units: count });
    const { dimensions } = model;
    return {
      model: namedVersion(model),
      data: Array.from({ length: count }, (_, index) => ({
        index,
        embedding: [...vectors.subarray(index * dimensions, (index + 1) * dimensions)],
      })),
      usage: { images: count },
    };
  }

  @Post('similar')
  @Operation({
    ...OF_IMAGES,
    id: 'listItemsLikeImage',
    summary: 'Finds items of the catalog that look like a photo, or like an item.',
    bodies: similarBodies,
    response: similarResponse,
    problems: {
      ...REFUSALS_OF_IMAGES,
      404: REFUSALS_OF_ITEMS[404],
      409: ['vectors-missing'],
      429: [...REFUSALS_OF_IMAGES[429], 'search-busy'],
      503: [...REFUSALS_OF_IMAGES[503], 'search-failed'],
    },
    requestExample: { image: PHOTO_EXAMPLE, limit: 2 },
    example: { model: MODEL, items: [{ item: 'red-mug', rank: 1, score: 0.91 }], usage: { images: 1 } },
  })
  similar(
    @Query({ schema: similarQuery }) query: SimilarQuery,
    @Req() request: FastifyRequest,
    @TheCall() call: Call,
  ): Promise<SimilarResponse> {
    const tenant = tenantOf(call, this.tables);
    const bare = bareBody(request);
    const asked: SimilarBody = bare === undefined ? readBody(request, similarBody) : { image: bare };
    const { image, item, limit = query.limit, category = query.category } = asked;
    if (item !== undefined) this.ensureItem(tenant, item);
    const like = image === undefined ? (item as ItemId) : { bytes: image, signal: call.signal };
    return this.metering.charge(tenant, PHOTOS, () => this.search.alike(tenant, like, { limit, category }));
  }

  private pictureOf(tenant: Tenant, item: ItemId, { signal }: Call): Promise<Uint8Array> {
    this.ensureItem(tenant, item);
    return this.pictures.of(tenant.id, item, signal);
  }

  private ensureItem({ id }: Tenant, item: ItemId): void {
    if (this.tables.shop(id).item(itemHash(id, item)) === undefined) throw ITEM_UNKNOWN;
  }
}
