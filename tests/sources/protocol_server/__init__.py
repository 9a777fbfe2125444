"""A server on this machine that speaks the protocols of the catalogue, for tests.

It stands in for every host: a session with `base=server.base` asks https://HOST/PATH as BASE/HOST/PATH. What it
serves is a list of layers, each at the address the catalogue names:

    layers = [
        Vector(service.endpoint, "wfs", "GRB:ADP", frame, id_field="OIDN"),      # frame: GeoDataFrame in EPSG:31370
        Vector(".../MapServer", "arcgis-rest", "0", frame, id_field="OBJECTID"),
        Vector(".../WMSServer", "wms", "0", frame),                              # GetFeatureInfo only
        Coverage("https://HOST/wcs", "DHMVII_DTM_1m", tif_path),
        Recorded("https://HOST/wfs", path_or_bytes, "application/json"),         # any request: these bytes once
        File("https://HOST/x.zip", path_or_bytes),                               # ETag, ranges, 304
        Says("https://HOST/odd", lambda path, params: Answer(b"...", "text/plain", 302, {"Location": "..."})),
    ]
    for service in source.services: server.add(layer_of(service, frame))         # as the catalogue calls it

    with ProtocolServer(layers) as server:          # or .start() and .stop()
        server.fault("GRB:ADP", "http500")          # an endpoint, its beginning, or the name of a layer
        server.fault("https://HOST/x.zip", "cut", times=1)
        server.heal("GRB:ADP")
        server.asked                                # all requests, in order

Faults: `http500`, `http404`, `hang` (no answer until the server stops), `cut` (the connection closes half-way),
`wrong_length` (more bytes announced than sent), `unclosed` (half a body under its own length), `html` (a web page,
status 200), `empty` (no features anywhere, also at control points), `short` (one feature of a page is missing),
`doubled` (a feature of the page before comes again), `spw` (the error of SPW on /query, inside a 200), `slow` (bytes
one by one), `throttle` (429 with Retry-After), `loop` (the next link leads back), `doctype` (XML with an entity).
"""

from __future__ import annotations

from protocol_server.layers import Answer, Coverage, File, Layer, Recorded, Says, Vector, layer_of
from protocol_server.server import Asked, ProtocolServer

__all__ = ["Answer", "Asked", "Coverage", "File", "Layer", "ProtocolServer", "Recorded", "Says", "Vector", "layer_of"]
