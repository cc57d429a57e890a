import { parseEnvironment, setting, type Environment } from '@offerstream/service-kit';
import { z } from 'zod';

const schema = z.object({
  CONTROL_URL: z.url('give a URL'),
  /** Holds the back office's admin token. */
  CONTROL_DATA: setting.text(),
  MODELS_DIR: setting.text(),
  /** Remembers what has been done. */
  DEMO_DATA: setting.text(),
});

export interface SetUpDemoConfig {
  readonly controlUrl: string;
  readonly controlDataDir: string;
  readonly modelsDir: string;
  readonly dataDir: string;
}

/** @throws ConfigError */
export const readSetUpDemoConfig = (env: Environment = process.env): SetUpDemoConfig => {
  const settings = parseEnvironment(schema, env);
  return {
    controlUrl: settings.CONTROL_URL,
    controlDataDir: settings.CONTROL_DATA,
    modelsDir: settings.MODELS_DIR,
    dataDir: settings.DEMO_DATA,
  };
};
