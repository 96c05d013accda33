using System.Runtime.InteropServices;
using FramedSockets.Linux;

namespace FramedSockets.Tests.Linux;

public sealed class EpollLayoutTests
{
    [Theory]
    [InlineData(Architecture.X64, 12, "010000000807060504030201")]
    [InlineData(Architecture.Arm64, 16, "01000000000000000807060504030201")]
    public void An_event_is_packed_on_x64_and_aligned_elsewhere(Architecture architecture, int size, string bytes)
    {
        var layout = EpollLayout.Of(architecture);
        Assert.Equal(size, layout.Size);
        var two = new byte[2 * size];
        layout.Write(two.AsSpan(size), EpollEvents.Input, 0x0102030405060708);
        Assert.Equal(bytes, Convert.ToHexString(two.AsSpan(size)));
        Assert.Equal(EpollEvents.Input, layout.Read(two, 1, out var token));
        Assert.Equal(0x0102030405060708UL, token);
    }
}
