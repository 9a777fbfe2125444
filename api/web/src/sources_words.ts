// Words of the page of sources. What is unknown is never worded like what is not there.
import { speaker } from "./say";

export const { say, has } = speaker("sources");
