// Names of the values of a rule, and the words they take. A name that is missing here is shown as it is written.
import { speaker } from "./say";

export const { say: value, has: isValueWord } = speaker("values");
