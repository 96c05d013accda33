using System.Net;
using FramedSockets.Tcp;

namespace FramedSockets.Tests.Tcp;

public sealed class ConnectionGateTests
{
    [Fact]
    public void It_lets_in_as_many_as_it_may_and_one_more_for_each_that_leaves()
    {
        var gate = new ConnectionGate(new() { MaxConnections = 2 });
        Assert.True(gate.TryEnter());
        Assert.True(gate.TryEnter());
        Assert.False(gate.TryEnter());
        Assert.Equal(2, gate.Count);
        gate.Leave();
        Assert.True(gate.TryEnter());
    }

    [Theory]
    [InlineData("10.0.0.1", "10.0.0.1", false)]
    [InlineData("10.0.0.1", "10.0.0.2", true)]
    [InlineData("10.0.0.1", "::ffff:10.0.0.1", false)]
    [InlineData("2001:db8:1:2:3::1", "2001:db8:1:2:ffff::9", false)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", true)]
    public void It_counts_addresses_and_networks_of_64_bits(string first, string second, bool isLetIn)
    {
        var gate = new ConnectionGate(new() { MaxConnectionsPerAddress = 1 });
        Assert.Null(gate.Check(new IPEndPoint(IPAddress.Parse(first), 1), out var address));
        Assert.Equal(isLetIn ? null : FramedSocketError.TooManyConnections, gate.Check(new IPEndPoint(IPAddress.Parse(second), 2), out _));
        gate.Leave(address);
        Assert.Null(gate.Check(new IPEndPoint(IPAddress.Parse(first), 3), out _));
    }

    [Theory]
    [InlineData("203.0.113.9", "::ffff:203.0.113.9/128", true)]
    [InlineData("::ffff:203.0.113.9", "::ffff:203.0.113.0/120", true)]
    [InlineData("203.0.113.9", "::ffff:203.0.112.0/120", false)]
    [InlineData("2001:db8::1", "::ffff:0.0.0.0/96", false)]
    [InlineData("203.0.113.9", "::/0", false)]
    public void A_network_may_be_written_in_the_mapped_form(string peer, string network, bool isMember)
    {
        var gate = new ConnectionGate(new() { Denied = [IPNetwork.Parse(network)] });
        Assert.Equal(isMember ? FramedSocketError.AddressDenied : null, gate.Check(new IPEndPoint(IPAddress.Parse(peer), 1), out _));
    }

    [Fact]
    public void A_peer_without_an_address_is_not_counted()
    {
        var gate = new ConnectionGate(new() { MaxConnectionsPerAddress = 1 });
        for (var i = 0; i < 3; i++)
        {
            Assert.Null(gate.Check(null, out var address));
            Assert.Null(address);
            gate.Leave(address);
        }
    }

    [Theory]
    [InlineData("Max open files            20000                20000                files     ", 100, 19_744)]
    [InlineData("Max open files            200                  1048576              files     ", 20, 100)]
    [InlineData("Max open files            200                  1048576              files     ", 80, 56)]
    [InlineData("Max open files            200                  1048576              files     ", 190, 1)]
    [InlineData("Max open files            1                    1                    files     ", 1, 1)]
    [InlineData("Max open files            unlimited            unlimited            files     ", 100, int.MaxValue)]
    [InlineData("Max processes             100                  100                  processes ", 50, int.MaxValue)]
    public void Fewer_connections_than_files_may_be_open(string line, int used, int most) =>
        Assert.Equal(most, DescriptorLimit.MostIn(["Limit                     Soft Limit           Hard Limit           Units     ", line], used));

    [Fact]
    public void Options_are_checked_where_they_are_set()
    {
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => new ServerAdmission { MaxConnections = 0 });
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => new ServerAdmission { MaxConnectionsPerAddress = 0 });
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => new ServerAdmission { MaxHeldLength = 0 });
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => new ServerAdmission { MaxHandshakes = 0 });
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => new ServerAdmission { HandshakeTimeout = TimeSpan.FromSeconds(-2) });
    }
}
