// Blueprints are proven on a machine that does nothing else: the file that runs them comes last.
// eslint-disable-next-line @typescript-eslint/no-require-imports -- Jest reads its configuration as CommonJS
const Sequencer = require('@jest/test-sequencer').default;

module.exports = class ScenarioLast extends Sequencer {
  sort(tests) {
    const isScenario = ({ path }) => /[/\\]test[/\\]scenario[/\\]/.test(path);
    const sorted = super.sort(tests);
    return [...sorted.filter((test) => !isScenario(test)), ...sorted.filter(isScenario)];
  }
};
