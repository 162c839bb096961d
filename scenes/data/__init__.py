"""Reading what a person brings: pictures, detections and arrays, as plain data only."""
