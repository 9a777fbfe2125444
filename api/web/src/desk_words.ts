// Words of the planner's work: search, filters, shortlist, comparing, sharing, printing.
import { speaker } from "./say";

export const { say: tell, has: isDeskWord } = speaker("desk");
