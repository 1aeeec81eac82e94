import { ConfigError } from './errors.ts';

/** The one line that a taken port deserves. @param purpose - who wants it: `public listener` */
export function portTaken(port: number, purpose: string): ConfigError {
  return new ConfigError('PORT_TAKEN', `Port ${port} is taken: the ${purpose} cannot listen there.`);
}
