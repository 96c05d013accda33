using System.Buffers;
using FramedSockets.Codecs;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Tcp;

public sealed class NoHeaderTests
{
    [Fact]
    public async Task Where_a_frame_is_its_body_nobody_names_a_header()
    {
        var (near, far) = DuplexPipe.CreatePair();
        await using var here = new FrameConnection<NoHeader>(near, new LengthPrefixCodec());
        await using var there = new FrameConnection<NoHeader>(far, new LengthPrefixCodec());
        await here.SendAsync(new byte[1]).Soon();
        await here.SendAsync(new ReadOnlySequence<byte>(new byte[2])).Soon();
        here.Write(new byte[3]);
        Assert.True(here.TrySend(new byte[4]));
        await here.SendAsync(new MemoryStream(new byte[5]), 5).Soon();
        for (var length = 1; length <= 5; length++)
        {
            Assert.Equal(length, (await there.ReadAsync().Soon()).BodyLength);
        }
    }
}
