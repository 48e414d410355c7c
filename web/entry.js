// The page's boot script needs one function: draw a Vega-Lite spec without eval.
import embed from "vega-embed";
import { expressionInterpreter } from "vega-interpreter";

globalThis.tasklawsDraw = (element, spec, options) =>
  embed(element, spec, {
    ...options,
    mode: "vega-lite",
    ast: true,
    expr: expressionInterpreter,
    actions: false,
  });
