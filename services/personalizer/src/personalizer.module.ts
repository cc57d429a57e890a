import { Module, type DynamicModule } from '@nestjs/common';
import { ClickstreamController } from './clickstream.controller.js';
import { Personalizer } from './personalizer.js';

@Module({})
export class PersonalizerModule {
  static with(personalizer: Personalizer): DynamicModule {
    return {
      module: PersonalizerModule,
      controllers: [ClickstreamController],
      providers: [{ provide: Personalizer, useValue: personalizer }],
    };
  }
}
