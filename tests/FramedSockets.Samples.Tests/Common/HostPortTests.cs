using System.Net;
using Common;

namespace FramedSockets.Samples.Tests.Common;

public sealed class HostPortTests
{
    [Theory]
    [InlineData("localhost:9000", "localhost", 9000)]
    [InlineData("127.0.0.1:1", "127.0.0.1", 1)]
    [InlineData("[::1]:65535", "::1", 65535)]
    public void An_address_has_a_host_and_a_port(string text, string host, int port)
    {
        Assert.Equal(new(host, port), HostPort.Parse(text));
        Assert.Equal(text, HostPort.Parse(text)!.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("localhost")]
    [InlineData(":9000")]
    [InlineData("localhost:")]
    [InlineData("localhost:0")]
    [InlineData("localhost:65536")]
    [InlineData("localhost:-1")]
    [InlineData("localhost: 1")]
    [InlineData("::1:9000")]
    [InlineData("[]:9000")]
    [InlineData(" :9000")]
    public void Anything_else_is_none(string text) => Assert.Null(HostPort.Parse(text));

    [Theory]
    [InlineData(254, true)]
    [InlineData(255, false)]
    [InlineData(1000, false)]
    public void A_name_is_as_long_as_dns_allows(int length, bool isOne) => Assert.Equal(isOne, HostPort.Parse($"{new('a', length)}:9000") is not null);

    [Theory]
    [InlineData(255)]
    [InlineData(1000)]
    public Task A_longer_name_is_not_looked_up(int length) =>
        Assert.ThrowsAsync<IOException>(() => new HostPort(new('a', length), 9000).ResolveAsync(default));

    [Fact]
    public Task An_empty_host_is_not_this_machine() =>
        Assert.ThrowsAsync<IOException>(() => new HostPort("", 9000).ResolveAsync(default));

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("127.0.0.1")]
    public async Task An_address_is_found_without_looking_up_a_name(string host) =>
        Assert.Equal(new IPEndPoint(IPAddress.Parse(host), 5), await new HostPort(host, 5).ResolveAsync(CancellationToken.None));
}
