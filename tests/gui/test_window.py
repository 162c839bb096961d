def test_a(nms):
    print(nms.flow.result.keep)
