using System.Buffers.Binary;
using System.Net;
using System.Text;
using FramedSockets.Tcp;

namespace FramedSockets.Tests.Tcp;

/// <summary>The PROXY protocol, versions 1 and 2, as its specification words it.</summary>
public sealed class ProxyHeaderTests
{
    private static readonly byte[] Signature = "\r\n\r\n\0\r\nQUIT\n"u8.ToArray();

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n", "192.0.2.1:56324", "198.51.100.7:443")]
    [InlineData("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255:65535", "255.255.255.255:65535")]
    [InlineData("PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n", "[2001:db8::1]:1", "[2001:db8::2]:2")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.7 0 443\r\n", "192.0.2.1:0", "198.51.100.7:443")]
    [InlineData("PROXY TCP6 ffff:f...f:ffff", null, null)]
    [InlineData("PROXY UNKNOWN\r\n", null, null)]
    [InlineData("PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n", null, null)]
    public void A_line_gives_the_addresses(string line, string? source, string? destination)
    {
        var bytes = Encoding.ASCII.GetBytes(line + "rest");
        if (!line.EndsWith('\n'))
        {
            Assert.Equal(0, ProxyHeader.Parse(bytes).Length);
            return;
        }

        AssertParses(bytes, line.Length, source, destination);
    }

    [Theory]
    [InlineData("GET / HTTP/1.0\r\n\r\n")]
    [InlineData("PROXX")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.7 56324\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.7 56324 443 1\r\n")]
    [InlineData("PROXY TCP4  192.0.2.1 198.51.100.7 56324 443\r\n")]
    [InlineData("PROXY TCP4 1 2 56324 443\r\n")]
    [InlineData("PROXY TCP4 0x7f.0.0.1 198.51.100.7 56324 443\r\n")]
    [InlineData("PROXY TCP4 192.168.001.010 198.51.100.7 56324 443\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.07 56324 443\r\n")]
    [InlineData("PROXY TCP4 192.0.2.256 198.51.100.7 56324 443\r\n")]
    [InlineData("PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n")]
    [InlineData("PROXY TCP6 192.0.2.1 198.51.100.7 56324 443\r\n")]
    [InlineData("PROXY TCP6 fe80::1%eth0 2001:db8::2 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.7 65536 443\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.7 -1 443\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.7 0080 443\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.7 56324 00\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\0\r\n")]
    [InlineData("PROXY UDP4 192.0.2.1 198.51.100.7 56324 443\r\n")]
    [InlineData("PROXY \r\n")]
    public void Another_line_is_refused(string line) => AssertRefused(Encoding.ASCII.GetBytes(line));

    [Fact]
    public void A_line_without_end_is_refused_at_107_bytes()
    {
        var line = Encoding.ASCII.GetBytes("PROXY UNKNOWN " + new string('x', 93));
        Assert.Equal(107, line.Length);
        Assert.Equal(0, ProxyHeader.Parse(line.AsSpan(0, 106)).Length);
        AssertRefused(line);
    }

    [Fact]
    public void A_block_gives_the_addresses_and_skips_what_is_appended()
    {
        byte[] four = [192, 0, 2, 1, 198, 51, 100, 7, 0xDC, 0x04, 0x01, 0xBB];
        AssertParses([.. Block(0x21, 0x11, four), 1, 2, 3], 28, "192.0.2.1:56324", "198.51.100.7:443");
        AssertParses([.. Block(0x21, 0x11, [.. four, 0x03, 0x00, 0x04, 1, 2, 3, 4]), 1, 2, 3], 35, "192.0.2.1:56324", "198.51.100.7:443");
        byte[] six = [.. IPAddress.Parse("2001:db8::1").GetAddressBytes(), .. IPAddress.Parse("2001:db8::2").GetAddressBytes(), 0, 1, 0, 2];
        AssertParses([.. Block(0x21, 0x21, six), 9], 52, "[2001:db8::1]:1", "[2001:db8::2]:2");
    }

    [Fact]
    public void A_block_without_an_address_leaves_the_proxys()
    {
        AssertParses([.. Block(0x20, 0x11, new byte[12]), 9], 28, null, null);
        AssertParses([.. Block(0x21, 0x00, []), 9], 16, null, null);
        AssertParses([.. Block(0x21, 0x31, new byte[216]), 9], 232, null, null);
    }

    [Fact]
    public void Another_block_is_refused()
    {
        AssertRefused(Block(0x11, 0x11, new byte[12]));
        AssertRefused(Block(0x22, 0x11, new byte[12]));
        AssertRefused(Block(0x21, 0x12, new byte[12]));
        AssertRefused(Block(0x21, 0x41, new byte[12]));
        AssertRefused(Block(0x21, 0x11, new byte[11]));
        AssertRefused(Block(0x21, 0x21, new byte[35]));
        AssertRefused(Block(0x21, 0x11, new byte[4081])[..16]);
    }

    private static byte[] Block(byte command, byte family, byte[] addresses)
    {
        byte[] block = [.. Signature, command, family, 0, 0, .. addresses];
        BinaryPrimitives.WriteUInt16BigEndian(block.AsSpan(14), (ushort)addresses.Length);
        return block;
    }

    /// <summary>Parses all of it, and at no earlier byte.</summary>
    private static void AssertParses(byte[] bytes, int length, string? source, string? destination)
    {
        for (var i = 1; i < length; i++)
        {
            Assert.Equal(0, ProxyHeader.Parse(bytes.AsSpan(0, i)).Length);
        }

        var header = ProxyHeader.Parse(bytes);
        Assert.Equal((length, source, destination), (header.Length, header.Source?.ToString(), header.Destination?.ToString()));
    }

    private static void AssertRefused(byte[] bytes) => Assert.Equal(
        FramedSocketError.MalformedProxyHeader, Assert.Throws<FramedSocketException>(() => ProxyHeader.Parse(bytes)).Error);
}
