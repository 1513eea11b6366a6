"""The newer way in which packs declare nodes, by a schema, adapted to the one shape of node that the engine knows."""
