import { FaultPoints, Health } from '@offerstream/service-kit';
import { Registry } from 'prom-client';
import { readConfig } from './config.js';
import { createControl, type Control } from './control.module.js';

/**
 * The OpenAPI document, made by a back office that is not to serve: nothing that it names is there.
 *
 * @param dataFolder an empty folder
 */
export const controlDocument = async (dataFolder: string): Promise<ReturnType<Control['document']>> => {
  const config = readConfig({
    ADMIN_PORT: '1',
    CONTROL_PORT: '1',
    CONTROL_DATA: dataFolder,
    DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/nothing',
    KAFKA_BROKERS: '127.0.0.1:1',
  });
  const control = await createControl(config, {
    logger: console,
    metrics: new Registry(),
    health: new Health(),
    faults: new FaultPoints(''),
    stopping: AbortSignal.abort(),
  });
  await control.close();
  return control.document();
};
