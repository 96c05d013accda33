using System.Net;
using System.Net.Sockets;
using FramedSockets.Udp;

namespace FramedSockets.Tests.Udp;

public sealed class DatagramPeerTests
{
    [Theory]
    [InlineData("192.0.2.7", 5000)]
    [InlineData("2001:db8::7", 65535)]
    [InlineData("fe80::1%3", 1)]
    public void It_gives_back_the_endpoint_it_was_made_of(string address, int port)
    {
        var endPoint = new IPEndPoint(IPAddress.Parse(address), port);
        var peer = new DatagramPeer(endPoint);

        Assert.Equal(endPoint, peer.ToEndPoint());
        Assert.Equal(endPoint.AddressFamily, peer.AddressFamily);
        Assert.Equal(port, peer.Port);
        Assert.Equal(endPoint.ToString(), peer.ToString());
    }

    [Fact]
    public void Equal_addresses_are_equal_peers()
    {
        var one = new DatagramPeer(new IPEndPoint(IPAddress.Parse("192.0.2.7"), 5000));
        var same = new DatagramPeer(new IPEndPoint(IPAddress.Parse("192.0.2.7"), 5000));
        var mapped = new DatagramPeer(new IPEndPoint(IPAddress.Parse("::ffff:192.0.2.7"), 5000));

        Assert.True(one == same && one.Equals((object)mapped));
        Assert.Equal(one.GetHashCode(), mapped.GetHashCode());
    }

    [Theory]
    [InlineData("192.0.2.7", 5001)]
    [InlineData("192.0.2.8", 5000)]
    [InlineData("::192.0.2.7", 5000)]
    [InlineData("2001:db8::7", 5000)]
    public void Another_address_or_port_is_another_peer(string address, int port)
    {
        var one = new DatagramPeer(new IPEndPoint(IPAddress.Parse("192.0.2.7"), 5000));

        Assert.True(one != new DatagramPeer(new IPEndPoint(IPAddress.Parse(address), port)));
    }

    [Fact]
    public void The_scope_tells_link_local_peers_apart()
    {
        var one = new DatagramPeer(new IPEndPoint(IPAddress.Parse("fe80::1%1"), 5000));

        Assert.NotEqual(one, new DatagramPeer(new IPEndPoint(IPAddress.Parse("fe80::1%2"), 5000)));
    }

    [Fact]
    public void A_Unix_path_is_a_peer()
    {
        var endPoint = new UnixDomainSocketEndPoint("/run/a.sock");
        var peer = new DatagramPeer(endPoint);

        Assert.Equal(endPoint.ToString(), peer.ToString());
        Assert.Equal(new DatagramPeer(new UnixDomainSocketEndPoint("/run/a.sock")), peer);
        Assert.NotEqual(new DatagramPeer(new UnixDomainSocketEndPoint("/run/b.sock")), peer);
    }

    [Fact]
    public void A_Unix_path_writes_no_line_into_a_log() => Assert.Equal(
        "/run/a?FAKE?[31m.sock", new DatagramPeer(new UnixDomainSocketEndPoint("/run/a\nFAKE\u001b[31m.sock")).ToString());

    [Fact]
    public void The_longest_Unix_path_is_a_peer_though_Linux_counts_a_byte_more()
    {
        var address = new byte[111];
        address.AsSpan(2, 108).Fill((byte)'a');
        var peer = DatagramPeer.ReadUnix(address, default);
        Assert.Equal(108, peer.ToString().Length);
        Assert.Equal(peer, DatagramPeer.ReadUnix(address.AsSpan(0, 110), default));
        Assert.Equal(110, peer.Write(new byte[128], AddressFamily.Unix));
    }

    [Fact]
    public void No_peer_has_no_address()
    {
        Assert.Null(default(DatagramPeer).ToEndPoint());
        Assert.Equal(AddressFamily.Unspecified, default(DatagramPeer).AddressFamily);
        Assert.Equal(string.Empty, default(DatagramPeer).ToString());
    }

    [Fact]
    public void A_name_is_refused() => Assert.Throws<ArgumentException>(() => new DatagramPeer(new DnsEndPoint("localhost", 1)));
}
