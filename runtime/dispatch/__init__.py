"""How instructions reach partners: over HTTP or as files, each partner within its own limits."""
