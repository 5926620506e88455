"""The pure core, the driver and the target: each part by itself."""
