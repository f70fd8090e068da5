import { type Environment, readSetting, wiredBy } from '../environment';

/**
 * The ARN of the state machine behind a Saga, from `<NAME>_STATE_MACHINE_ARN`.
 *
 * @param name what the saga is wired under, for example `CHECKOUT`
 * @throws MissingSettingError when the saga is not wired to this compute
 */
export function stateMachineArn(name: string, environment: Environment = process.env): string {
  return readSetting(`${name}_STATE_MACHINE_ARN`, wiredBy('saga', name), environment);
}
