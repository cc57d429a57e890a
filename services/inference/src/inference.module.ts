import { Module, type DynamicModule } from '@nestjs/common';
import { Infer } from './infer.js';
import { InferenceController } from './inference.controller.js';
import { ServedModels } from './served-models.js';

@Module({})
export class InferenceModule {
  static with(infer: Infer, models: ServedModels): DynamicModule {
    return {
      module: InferenceModule,
      controllers: [InferenceController],
      providers: [
        { provide: Infer, useValue: infer },
        { provide: ServedModels, useValue: models },
      ],
    };
  }
}
